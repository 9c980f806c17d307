import type { IThemeManager } from '@jupyterlab/apputils';
import { OutputAreaModel, SimplifiedOutputArea } from '@jupyterlab/outputarea';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import type { ReactWidget } from '@jupyterlab/ui-components';
import type { Widget } from '@lumino/widgets';
import { Panel } from '@lumino/widgets';
import * as React from 'react';

import type { IJobMessage } from '../../api/types';
import type { IResourcesClient } from '../../tokens';
import { NoticeBar } from '../../ui/notice';
import { SeenPanel, setTitle } from '../../ui/seenWidget';
import { Tabs, tabIds } from '../../ui/tabList';
import { JobOutput } from '../output';
import { isOpen, titleOf } from '../states';
import { Details } from './detailsView';
import type { JobModel } from './model';
import { Names } from './namesView';
import { JobResources } from './resourcesView';
import type { IJobActions } from './view';
import { Head } from './view';

/** Outputs shown before the user asks for the rest, as in a notebook. */
const OUTPUTS_SHOWN_MAX = 50;

/** Text of streams that is drawn: more makes a browser slow, and is in the record. */
const TEXT_SHOWN_MAX = 2_000_000;

/** A part of the view that is shown alone. */
export type JobTab = 'output' | 'names' | 'resources' | 'details';

/** One job. Asks the server for nothing while hidden. */
export class JobWidget extends SeenPanel<JobModel> {
  constructor(options: JobWidget.IOptions) {
    super(options.model);
    const { model, translator } = options;
    this._options = options;
    this._trans = translator.load('dsinfra_jlab');
    this.addClass('jp-DsinfraRun');
    this.addClass('jp-DsinfraJob');
    this._area = this._makeArea();
    this._output = new JobOutput(this._area.model, TEXT_SHOWN_MAX);
    this._outputPanel = this._makeOutputPanel();
    this._rest = this.makePart(() => this._renderRest());
    this._rest.addClass('jp-DsinfraRun-tabContent');
    this.addWidget(this.makePart(() => this._renderHead()));
    this.addWidget(this.makePart(() => this._renderTabs()));
    this.addWidget(this._outputPanel);
    this.addWidget(this._rest);
    model.messages.connect(this._onMessages, this);
    model.stateChanged.connect(this._onStateChanged, this);
    this._onStateChanged();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      const { model } = this._area;
      super.dispose();
      model.dispose();
    }
  }

  private _makeArea(): SimplifiedOutputArea {
    const { rendermime, translator } = this._options;
    return new SimplifiedOutputArea({
      contentFactory: SimplifiedOutputArea.defaultContentFactory,
      maxNumberOutputs: OUTPUTS_SHOWN_MAX,
      // As of an untrusted notebook: HTML is sanitised, scripts do not run.
      model: new OutputAreaModel({ trusted: false }),
      rendermime,
      translator
    });
  }

  private _makeOutputPanel(): Panel {
    const panel = new Panel();
    panel.addClass('jp-DsinfraRun-section');
    panel.addClass('jp-DsinfraRun-outputs');
    panel.addWidget(this.makePart(() => this._renderOutputNotes()));
    panel.addWidget(this._area);
    return panel;
  }

  private _renderHead(): JSX.Element {
    const { model } = this;
    return (
      <Head
        actions={this._options.actions}
        clockOffset={model.clockOffset}
        isActive={model.isActive}
        isBusy={model.isBusy}
        locale={this._options.translator.languageCode}
        retry={() => void model.refresh()}
        state={model.state}
        trans={this._trans}
      />
    );
  }

  private _renderTabs(): JSX.Element {
    const trans = this._trans;
    const { job } = this.model;
    if (job === null) {
      return <></>;
    }
    const tabs: { id: JobTab; label: string; count: number | null }[] = [
      { id: 'output', label: trans.__('Output'), count: null },
      {
        id: 'names',
        label: trans.__('Names'),
        count: job.sent.length + job.returned.length
      },
      { id: 'resources', label: trans.__('Resources'), count: null },
      {
        id: 'details',
        label: trans.__('Details'),
        count: job.preflight?.items.length ?? null
      }
    ];
    return (
      <Tabs
        current={this._tab}
        label={trans.__('Parts of the job')}
        select={id => this._select(id as JobTab)}
        tabs={tabs}
        viewId={this.model.jobId}
      />
    );
  }

  /** What is to be said of the outputs beside themselves. */
  private _renderOutputNotes(): JSX.Element {
    const { model, _trans: trans } = this;
    const { job, logFailure } = model;
    if (job === null) {
      return <></>;
    }
    const isEmpty = this._area.model.length === 0;
    const omitted = this._output.omittedChars;
    return (
      <>
        {logFailure !== null && (
          <NoticeBar
            level="error"
            action={{
              label: trans.__('Retry'),
              onClick: () => void model.refresh()
            }}
          >
            {trans.__('The output could not be fetched: %1', logFailure)}
          </NoticeBar>
        )}
        {model.isTruncated && (
          <NoticeBar level="warning">
            {trans.__(
              'The job put out more than the limit; what was beyond it was not kept.'
            )}
          </NoticeBar>
        )}
        {omitted > 0 && (
          <NoticeBar level="info">
            {trans.__(
              '%1 more characters are not shown here.',
              omitted.toLocaleString()
            )}
          </NoticeBar>
        )}
        {isEmpty && logFailure === null && (
          <p className="jp-DsinfraRun-quiet" role="status">
            {!model.isLogRead
              ? trans.__('Loading the output…')
              : isOpen(job)
                ? trans.__('No output yet.')
                : trans.__('No output.')}
          </p>
        )}
      </>
    );
  }

  private _renderRest(): JSX.Element {
    const { job, run } = this.model;
    const trans = this._trans;
    if (job === null) {
      return <></>;
    }
    switch (this._tab) {
      case 'output':
        return <></>;
      case 'names':
        return <Names job={job} trans={trans} />;
      case 'details':
        return <Details job={job} trans={trans} />;
      case 'resources':
        return (
          <JobResources
            client={this._options.resources}
            isActive={this.model.isActive}
            job={job}
            locale={this._options.translator.languageCode}
            run={run}
            themeChanged={this._options.themes?.themeChanged}
            trans={trans}
          />
        );
    }
  }

  private _select(tab: JobTab): void {
    this._tab = tab;
    this._onStateChanged();
  }

  private _onMessages(_: JobModel, messages: readonly IJobMessage[]): void {
    this._output.apply(messages);
    this.redraw();
  }

  private _onStateChanged(): void {
    const { job } = this.model;
    const isOutput = this._tab === 'output';
    this._outputPanel.setHidden(job === null || !isOutput);
    this._rest.setHidden(job === null || isOutput);
    this._label(isOutput ? this._outputPanel : this._rest);
    if (job !== null) {
      const title = titleOf(job, this._trans);
      setTitle(this.title, title, `${title}\n${job.target}`);
    }
    this.redraw();
  }

  /** Tell assistive technology which tab a widget is the content of. */
  private _label(widget: Widget): void {
    const ids = tabIds(this.model.jobId, this._tab);
    const { node } = widget;
    node.id = ids.panel;
    node.setAttribute('role', 'tabpanel');
    node.setAttribute('aria-labelledby', ids.tab);
  }

  private readonly _area: SimplifiedOutputArea;
  private readonly _options: JobWidget.IOptions;
  private readonly _output: JobOutput;
  private readonly _outputPanel: Panel;
  private readonly _rest: ReactWidget;
  private _tab: JobTab = 'output';
  private readonly _trans: TranslationBundle;
}

/** What belongs to `JobWidget`. */
export namespace JobWidget {
  export interface IOptions {
    actions: IJobActions;
    model: JobModel;
    rendermime: IRenderMimeRegistry;
    resources: Pick<IResourcesClient, 'runSamples'>;
    themes: IThemeManager | null;
    translator: ITranslator;
  }
}
