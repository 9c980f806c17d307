export { ParallelView } from './parallelView';
export { ScatterView } from './scatterView';
