import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { IKernelSample, ISnapshot } from '../api/types';
import { FailedSection } from '../ui/failures';
import { Skeleton } from '../ui/notice';
import { useNow } from '../ui/useNow';
import type { IAlertActions } from './alertsView';
import { AlertsView } from './alertsView';
import { CostView } from './costView';
import { GpusView } from './gpusView';
import { HostView } from './hostView';
import { KernelsView } from './kernelsView';
import { MemoryView } from './memoryView';
import type { ResourcesModel } from './model';
import { AgeView } from './ageView';

/** Milliseconds between two looks at how old the readings are. */
const CLOCK_INTERVAL = 5000;

/** What the section can ask for beside what its model does. */
export interface IResourcesActions extends IAlertActions {
  open(kernel: IKernelSample): void;

  /** Show the menu of a kernel at a place on the screen. */
  showMenu(kernel: IKernelSample, x: number, y: number): void;
}

export interface IResourcesProps {
  model: ResourcesModel;
  actions: IResourcesActions;
  trans: TranslationBundle;
  locale: string;
}

/** The Resources section. */
export function ResourcesView(props: IResourcesProps): JSX.Element {
  const { model, trans } = props;
  const { snapshot } = model;
  const now = useNow(model.isActive, CLOCK_INTERVAL);
  switch (model.phase) {
    case 'failed':
      return (
        <FailedSection
          title={trans.__('Resources could not be read')}
          model={model}
          trans={trans}
        />
      );
    case 'loading':
      return <Skeleton label={trans.__('Loading resources')} />;
    case 'ready':
      return snapshot === null ? (
        <></>
      ) : (
        <Readings {...props} snapshot={snapshot} now={now} />
      );
  }
}

function Readings(
  props: IResourcesProps & { snapshot: ISnapshot; now: number }
): JSX.Element {
  const { model, actions, trans, locale, snapshot, now } = props;
  const { host, gpus, kernels, absent } = snapshot;
  const age = model.age(now);
  const trail = (name: string): (number | null)[] => model.trail(name);
  return (
    <>
      <AgeView
        age={age}
        failure={model.failure}
        retry={() => model.refresh()}
        trans={trans}
      />
      <AlertsView
        alerts={model.alerts}
        actions={actions}
        now={now + model.clockOffset}
        trans={trans}
        locale={locale}
      />
      <div className="jp-DsinfraResources-readings" data-stale={age !== null}>
        {host === null ? (
          <div className="jp-DsinfraQuiet">
            {absent['host'] ?? trans.__('The machine cannot be read.')}
          </div>
        ) : (
          <HostView
            host={host}
            fullIn={snapshot.memory_full_in_s}
            trail={trail}
            trans={trans}
          />
        )}
        {kernels.length === 0 ? (
          <div className="jp-DsinfraQuiet">
            {trans.__(
              'No kernels. Those of notebooks and consoles appear here by themselves.'
            )}
          </div>
        ) : (
          <KernelsView
            kernels={model.kernels}
            sorting={model.sorting}
            selectedId={model.selectedId}
            hasGpu={
              gpus.length > 0 ||
              kernels.some(kernel => kernel.gpu_memory_bytes !== null)
            }
            at={Date.parse(snapshot.at)}
            trail={trail}
            trans={trans}
            onHold={isHeld => {
              model.isHeld = isHeld;
            }}
            onSort={column => model.sortBy(column)}
            onSelect={id => {
              model.selectedId = id;
            }}
            onOpen={kernel => actions.open(kernel)}
            onMenu={(kernel, x, y) => actions.showMenu(kernel, x, y)}
            expandedId={model.memory.kernelId}
            onExpand={id => model.showMemory(id)}
            details={close => (
              <MemoryView
                book={model.memory}
                locale={locale}
                trans={trans}
                onClose={close}
              />
            )}
          />
        )}
        {absent['processes'] && (
          <div className="jp-DsinfraQuiet">{absent['processes']}</div>
        )}
        <GpusView snapshot={snapshot} trans={trans} />
        <CostView snapshot={snapshot} locale={locale} trans={trans} />
      </div>
    </>
  );
}
