import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { messageOf } from '../../api/failures';
import type { IJob, IRun, IRunSamples } from '../../api/types';
import type { IRunResourcesProps } from '../../resources/run/view';
import { RunResourcesView } from '../../resources/run/view';
import type { IResourcesClient } from '../../tokens';
import { isOpen } from '../states';

/** Milliseconds between two looks at a job that goes on. */
const REFRESH_INTERVAL = 2000;

export interface IJobResourcesProps {
  client: Pick<IResourcesClient, 'runSamples'>;
  isActive: boolean;
  job: IJob;
  locale: string;

  /** Null if nothing was recorded of it, or not yet. */
  run: IRun | null;
  themeChanged: IRunResourcesProps['themeChanged'];
  trans: TranslationBundle;
}

/** What a job takes of the machine it runs on. */
export function JobResources(props: IJobResourcesProps): JSX.Element {
  const { client, isActive, job, run, trans } = props;
  const [samples, setSamples] = React.useState<IRunSamples | null>(null);
  const [failure, setFailure] = React.useState('');
  const isGoingOn = isOpen(job);
  React.useEffect(() => {
    if (!isActive || run === null) {
      return;
    }
    const abort = new AbortController();
    const look = async (): Promise<void> => {
      try {
        const found = await client.runSamples(run.id, abort.signal);
        if (!abort.signal.aborted) {
          setSamples(found);
          setFailure('');
        }
      } catch (error) {
        if (!abort.signal.aborted) {
          setFailure(messageOf(error));
        }
      }
    };
    void look();
    const timer = isGoingOn
      ? setInterval(() => void look(), REFRESH_INTERVAL)
      : undefined;
    return () => {
      abort.abort();
      clearInterval(timer);
    };
  }, [client, isActive, isGoingOn, run?.id]);
  if (run === null || samples === null) {
    return (
      <p className="jp-DsinfraRun-quiet" role="status">
        {failure !== ''
          ? trans.__('The readings could not be fetched: %1', failure)
          : run === null
            ? trans.__('Nothing was read yet.')
            : trans.__('Loading…')}
      </p>
    );
  }
  return (
    <RunResourcesView
      isActive={false}
      locale={props.locale}
      peak={null}
      size={null}
      refresh={() => undefined}
      run={run}
      samples={samples}
      themeChanged={props.themeChanged}
      trans={trans}
    />
  );
}
