import type { IThemeManager } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReactWidget } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { Widget } from '@lumino/widgets';
import { Panel } from '@lumino/widgets';
import * as React from 'react';

import type { IErrorRecord, IKernelHealth, IRun } from '../../api/types';
import { CommandIDs } from '../../commands';
import { ErrorCommandIDs } from '../../errors/tokens';
import type { IDsinfraApi } from '../../tokens';
import { SeenPanel, setTitle } from '../../ui/seenWidget';
import { Tabs, tabIds } from '../../ui/tabList';
import { ChangesSection } from './changesView';
import { ChildrenSection } from './childrenView';
import type { IErrorsProps } from './errorsView';
import { ErrorsSection } from './errorsView';
import type { RunModel } from './model';
import { TabContent } from './panelsView';
import { usePart } from './partView';
import type { TabId } from './parts';
import { RunParts, tabsOf } from './parts';
import type { ISectionOptions } from './sections';
import { CodeSection, OutputSection } from './sections';
import type { TabMemory } from './tabMemory';
import { ValuesSection } from './valuesView';
import type { IHeadProps } from './view';
import { Head, titleOf } from './view';

/**
 * Everything about one run. Asks the server for nothing while hidden.
 */
export class RunWidget extends SeenPanel<RunModel> {
  constructor(options: RunWidget.IOptions) {
    super(options.model);
    const { api, model, translator } = options;
    this._options = options;
    this._trans = translator.load('dsinfra_jlab');
    this._locale = translator.languageCode;
    this._parts = new RunParts(api, model.id, () => model.run);
    this.addClass('jp-DsinfraRun');
    // Reached by commands that act on the run in front of the user.
    this.node.dataset.runId = model.id;
    this._code = new CodeSection({ ...options, trans: this._trans });
    this._outputs = new OutputSection({ ...options, trans: this._trans });
    this._overview = this._makeOverview();
    this._rest = this.makePart(() => this._renderRest());
    this._rest.addClass('jp-DsinfraRun-tabContent');
    this.addWidget(this.makePart(() => this._renderHead()));
    this.addWidget(this.makePart(() => this._renderTabs()));
    this.addWidget(this._overview);
    this.addWidget(this._rest);
    model.stateChanged.connect(this._onStateChanged, this);
    api.changed.connect(this._onStateChanged, this);
    this._onStateChanged();
    void this._recall();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._parts.dispose();
      super.dispose();
    }
  }

  /** Make the parts of the overview, of which some are not drawn by React. */
  private _makeOverview(): Panel {
    const overview = new Panel();
    overview.addWidget(
      this.makePart(() =>
        this._shown ? (
          <ValuesSection run={this._shown} trans={this._trans} />
        ) : (
          <></>
        )
      )
    );
    overview.addWidget(this._code);
    overview.addWidget(this._outputs);
    overview.addWidget(this.makePart(() => this._renderChildren()));
    return overview;
  }

  /** The run as far as there is one to show. */
  private get _shown(): IRun | null {
    const { state } = this.model;
    return state.kind === 'ready' ? state.run : null;
  }

  /** The tab that is shown: the one chosen, if this run has it. */
  private get _tab(): TabId {
    const run = this._shown;
    return run !== null && tabsOf(run).includes(this._chosen)
      ? this._chosen
      : 'overview';
  }

  private _renderHead(): JSX.Element {
    const { model } = this;
    const { run } = model;
    const { api } = this._options;
    return (
      <HeadAndChanges
        clockOffset={api.client.clockOffset}
        isActive={model.isActive}
        kernelHealth={run ? this._healthOf(run) : null}
        locale={this._locale}
        openNotebook={run?.notebook_path ? this._opener(run) : null}
        openParent={
          run?.parent_id ? () => this._openRun(run.parent_id ?? '') : null
        }
        openError={record => this._openError(record)}
        openRun={id => this._openRun(id)}
        parts={this._parts}
        patch={patch => model.patch(patch)}
        restore={() => void model.restore()}
        retry={() => void model.refresh()}
        state={model.state}
        trans={this._trans}
      />
    );
  }

  /** How the kernel of a run is seen, while both live. */
  private _healthOf(run: IRun): IKernelHealth | null {
    return run.kind === 'session' && run.ended_at === null
      ? (this._options.api.health?.kernels[run.kernel_id] ?? null)
      : null;
  }

  private _renderTabs(): JSX.Element {
    const run = this._shown;
    if (run === null) {
      return <></>;
    }
    const labels: Record<TabId, string> = {
      overview: this._trans.__('Overview'),
      metrics: this._trans.__('Metrics'),
      resources: this._trans.__('Resources'),
      lineage: this._trans.__('Lineage'),
      artifacts: this._trans.__('Artifacts'),
      data: this._trans.__('Data'),
      environment: this._trans.__('Environment')
    };
    return (
      <Tabs
        current={this._tab}
        label={this._trans.__('Parts of the run')}
        select={id => this._choose(id as TabId)}
        tabs={tabsOf(run).map(id => ({
          id,
          label: labels[id],
          count: id === 'metrics' ? Object.keys(run.metrics).length : null
        }))}
        viewId={this.model.id}
      />
    );
  }

  private _renderRest(): JSX.Element {
    const run = this._shown;
    const tab = this._tab;
    const { api, reproduce, themes } = this._options;
    return run === null || tab === 'overview' ? (
      <></>
    ) : (
      <TabContent
        key={tab}
        api={api}
        locale={this._locale}
        model={this.model}
        open={id => this._openRun(id)}
        parts={this._parts}
        reproduce={() => reproduce(run)}
        run={run}
        tab={tab}
        themeChanged={themes?.themeChanged}
        trans={this._trans}
      />
    );
  }

  private _renderChildren(): JSX.Element {
    const { model } = this;
    const run = this._shown;
    return run !== null && run.child_count > 0 ? (
      <ChildrenSection
        children={model.children}
        count={run.child_count}
        isOfSession={run.kind === 'session'}
        locale={this._locale}
        loadMore={() => void model.loadMoreChildren()}
        open={id => this._openRun(id)}
        trans={this._trans}
      />
    ) : (
      <></>
    );
  }

  /** Show a tab, and remember it. */
  private _choose(tab: TabId): void {
    this._chosen = tab;
    this._hasChosen = true;
    this._options.memory.save(tab);
    this._onStateChanged();
  }

  /** Show the tab that was looked at last. */
  private async _recall(): Promise<void> {
    const last = await this._options.memory.load();
    if (last !== null && !this._hasChosen && !this.isDisposed) {
      this._chosen = last as TabId;
      this._onStateChanged();
    }
  }

  private _opener(run: IRun): () => void {
    return () => {
      void this._options.commands.execute('docmanager:open', {
        path: run.notebook_path
      });
    };
  }

  private _openError(record: IErrorRecord): void {
    void this._options.commands.execute(ErrorCommandIDs.open, {
      groupId: record.group_id,
      errorId: record.id,
      runId: record.run_id
    });
  }

  private _openRun(id: string): void {
    void this._options.commands.execute(CommandIDs.openRun, { id });
  }

  private _onStateChanged(): void {
    const { isActive, outputs, run } = this.model;
    const shown = this._shown;
    const tab = this._tab;
    this._parts.show(isActive && shown ? tab : null, shown);
    this._code.showRun(shown);
    this._outputs.showOutputs(shown, outputs);
    this._overview.setHidden(tab !== 'overview');
    this._rest.setHidden(tab === 'overview');
    this._label(tab === 'overview' ? this._overview : this._rest, tab);
    if (run) {
      setTitle(this.title, run.name || titleOf(run, this._trans));
    }
    this.redraw();
  }

  /** Tell assistive technology which tab a widget is the content of. */
  private _label(widget: Widget, tab: TabId): void {
    const ids = tabIds(this.model.id, tab);
    const { node } = widget;
    node.id = ids.panel;
    node.setAttribute('role', 'tabpanel');
    node.setAttribute('aria-labelledby', ids.tab);
  }

  private _chosen: TabId = 'overview';
  private readonly _code: CodeSection;
  private _hasChosen = false;
  private readonly _locale: string;
  private readonly _options: RunWidget.IOptions;
  private readonly _outputs: OutputSection;
  private readonly _overview: Panel;
  private readonly _parts: RunParts;
  private readonly _rest: ReactWidget;
  private readonly _trans: TranslationBundle;
}

/** What belongs to `RunWidget`. */
export namespace RunWidget {
  export interface IOptions extends Omit<ISectionOptions, 'trans'> {
    api: IDsinfraApi;
    commands: CommandRegistry;
    memory: TabMemory;
    model: RunModel;
    /** Make and open the notebook that leads to a run's result. */
    reproduce: (run: IRun) => Promise<void>;
    themes: IThemeManager | null;
  }
}

/** The head, and below it what is different about the run. */
function HeadAndChanges(
  props: Omit<IHeadProps, 'errors' | 'stale'> & {
    openError: IErrorsProps['open'];
    parts: RunParts;
  }
): JSX.Element {
  const { openError, openRun, parts, state, trans } = props;
  const changes = usePart(parts.changes);
  const errors = usePart(parts.errors);
  const isShown = state.kind === 'ready' && state.run.kind === 'cell';
  return (
    <>
      <Head
        {...props}
        errors={
          <ErrorsSection errors={errors} open={openError} trans={trans} />
        }
        stale={isShown ? (changes.value?.stale ?? []) : []}
      />
      {isShown && (
        <ChangesSection
          changes={changes}
          open={openRun}
          retry={() => void parts.changes.refresh()}
          trans={trans}
        />
      )}
    </>
  );
}
