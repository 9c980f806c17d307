import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { render, screen } from '@testing-library/react';
import * as React from 'react';

import type { IExperiment, IHealth, ISettings } from '../../../api/types';
import type {
  IApiClient,
  IRecordingSettings,
  ServerState
} from '../../../tokens';
import { Badge } from '../badgeView';
import { BadgeModel, quoted } from '../badgeModel';
import { ScriptedEvents } from './fixtures';

const trans = nullTranslator.load('dsinfra_jlab');

function makeExperiment(changes: Partial<IExperiment>): IExperiment {
  return {
    id: 'e1',
    name: 'train.ipynb',
    notebook_path: 'work/train.ipynb',
    run_count: 12,
    error_count: 2,
    last_run_at: null,
    tags: {},
    ...changes
  };
}

function makeModel(options: {
  settings?: Partial<ISettings>;
  health?: Partial<IHealth>;
  state?: ServerState;
  experiments?: IExperiment[];
}): { model: BadgeModel; queries: string[]; events: ScriptedEvents } {
  const events = new ScriptedEvents();
  const queries: string[] = [];
  const client: Partial<IApiClient> = {
    experiments: query => {
      queries.push(query?.q ?? '');
      return Promise.resolve({
        items: options.experiments ?? [makeExperiment({})],
        next_cursor: null
      });
    }
  };
  const api = {
    client: client as IApiClient,
    events,
    health: { status: 'ok', reasons: [], ...options.health } as IHealth,
    state: options.state ?? ('ready' as const)
  };
  const settings = {
    is_recording: true,
    excluded_notebooks: [],
    ...options.settings
  } as unknown as ISettings;
  const recording = { current: settings } as unknown as IRecordingSettings;
  const model = new BadgeModel({
    api: { ...api, changed: new Signal(api as never) },
    path: 'work/train.ipynb',
    recording: { ...recording, changed: new Signal(recording) }
  });
  return { model, queries, events };
}

describe('BadgeModel', () => {
  it('counts the runs of its notebook and of no other', async () => {
    const { model, queries } = makeModel({
      experiments: [
        makeExperiment({}),
        makeExperiment({ id: 'e2', notebook_path: 'work/train.ipynb.bak' })
      ]
    });
    await model.refresh();

    expect(queries).toEqual(['notebook:"work/train.ipynb"']);
    expect(model.runCount).toBe(12);
    expect(model.errorCount).toBe(2);
  });

  it('counts anew when the notebook gets another path', async () => {
    const { model, queries } = makeModel({});
    model.isActive = true;
    await model.refresh();
    model.path = 'work/other.ipynb';
    expect(model.runCount).toBeNull();
    await model.refresh();

    expect(queries.at(-1)).toBe('notebook:"work/other.ipynb"');
    expect(model.runCount).toBe(0);
  });

  it.each([
    ['recording', {}],
    ['paused', { settings: { is_recording: false } }],
    ['excluded', { settings: { excluded_notebooks: ['work/train.ipynb'] } }],
    ['degraded', { health: { status: 'degraded' as const } }],
    ['away', { state: 'unreachable' as const }]
  ])('says that it is %s', (state, options) => {
    expect(makeModel(options).model.state).toBe(state);
  });

  it('watches only while it is on screen', () => {
    const { events, model } = makeModel({});
    model.isActive = true;
    expect(events.watchers).toBe(1);
    model.isActive = false;
    expect(events.watchers).toBe(0);
    model.isActive = true;
    model.dispose();
    expect(events.watchers).toBe(0);
  });
});

describe('Badge', () => {
  it('says in words what it means', () => {
    render(
      <Badge
        errorCount={2}
        reasons={['The disk is full.']}
        runCount={12}
        state="degraded"
        trans={trans}
        onClick={() => undefined}
      />
    );

    expect(screen.getByRole('button').title).toBe(
      'Runs of this notebook are recorded, but something is wrong. ' +
        'The disk is full. 12 runs, 2 with errors. Click to show them.'
    );
  });
});

describe('quoted', () => {
  it('takes the longest piece of a name that cannot be quoted', () => {
    expect(quoted('a "quoted" notebook.ipynb')).toBe('" notebook.ipynb"');
  });
});
