import { Notification } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';

import { MemoryApi, settle } from '../../experiments/__tests__/memoryApi';
import { AlertBook, isSnoozed } from '../alerts';
import { Notifier } from '../notifier';
import { MemoryResources, makeAlert } from './memoryResources';

const trans = nullTranslator.load('dsinfra_jlab');
const pass = (): Promise<void> => new Promise(go => setTimeout(go, 20));

describe('AlertBook and Notifier', () => {
  let api: MemoryApi;
  let client: MemoryResources;
  let book: AlertBook;
  const actions = {
    interrupt: jest.fn(),
    snooze: jest.fn(),
    details: jest.fn(),
    wake: jest.fn(),
    mute: jest.fn()
  };
  const show = jest.fn();

  beforeEach(async () => {
    api = new MemoryApi();
    client = new MemoryResources();
    client.alertList = [makeAlert()];
    book = new AlertBook({ api, client, interval: 1 });
    await settle();
  });

  afterEach(() => {
    book.dispose();
    Notification.dismiss();
    jest.clearAllMocks();
  });

  async function tell(): Promise<void> {
    api.events.received.emit({
      type: 'alert',
      seq: 1,
      alert_ids: [],
      is_complete: true
    });
    await pass();
  }

  const shown = (): { message: string; labels: string[] }[] =>
    Notification.manager.notifications.map(item => ({
      message: item.message,
      labels: (item.options.actions ?? []).map(action => action.label)
    }));

  function notify(): void {
    new Notifier({
      alerts: book,
      actions,
      clock: () => Date.now(),
      show,
      trans
    });
  }

  it('shows an alert once, however often the server tells of it', async () => {
    notify();
    expect(shown()).toEqual([
      {
        message: 'Memory is at 90 % of its limit.',
        labels: ['Interrupt', 'Show', 'Snooze 1 h', 'Never']
      }
    ]);
    await tell();
    await tell();
    expect(shown()).toHaveLength(1);
  });

  it('shows it no more once the user closed it, and again when it came anew', async () => {
    notify();
    Notification.dismiss();
    await tell();
    expect(shown()).toHaveLength(0);
    client.alertList = [];
    await tell();
    client.alertList = [makeAlert()];
    await tell();
    expect(shown()).toHaveLength(1);
  });

  it('takes it away when it is over, and says when it got worse', async () => {
    notify();
    client.alertList = [
      makeAlert({ is_critical: true, text: 'Memory is at 96 %.' })
    ];
    await tell();
    expect(shown().map(item => item.message)).toEqual(['Memory is at 96 %.']);
    client.alertList = [];
    await tell();
    expect(shown()).toEqual([]);
  });

  it('offers to interrupt only what runs, and names no notebook where there is none', async () => {
    client.alertList = [
      makeAlert({ kind: 'disk_filling', kernel_id: null, run_id: null })
    ];
    await tell();
    notify();
    expect(shown().map(item => item.labels)).toEqual([
      ['Show', 'Snooze 1 h', 'Never']
    ]);
  });

  it('snoozes, wakes and mutes', async () => {
    notify();
    await book.snooze('memory_high:host');
    expect(isSnoozed(book.items[0]!, Date.now())).toBe(true);
    expect(shown()).toEqual([]);
    await book.wake('memory_high:host');
    expect(isSnoozed(book.items[0]!, Date.now())).toBe(false);
    await book.mute('memory_high:host');
    expect(book.items).toEqual([]);
    expect(client.requests.filter(text => text.startsWith('patch'))).toEqual([
      'patch memory_high:host {"snooze_s":3600}',
      'patch memory_high:host {"snooze_s":0}',
      'patch memory_high:host {"is_muted":true}'
    ]);
  });

  it('gives each button its meaning', () => {
    client.alertList = [makeAlert()];
    notify();
    const [item] = Notification.manager.notifications;
    for (const action of item?.options.actions ?? []) {
      action.callback(new MouseEvent('click'));
    }
    expect(actions.interrupt).toHaveBeenCalledTimes(1);
    expect(show).toHaveBeenCalledTimes(1);
    expect(actions.snooze).toHaveBeenCalledTimes(1);
    expect(actions.mute).toHaveBeenCalledTimes(1);
  });
});
