import { URLExt } from '@jupyterlab/coreutils';
import type { ServerConnection } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { DisposableDelegate } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type {
  IErrorsChanged,
  IEventStream,
  IRunsChanged,
  ReceivedEvent
} from '../tokens';
import type {
  ErrorEvent,
  HealthEvent,
  RunEvent,
  Topic,
  WatchRequest
} from './schema';

const PATH = 'dsinfra/api/events';

/** First pause before a lost connection is made anew, in milliseconds. */
const RETRY_INTERVAL = 1000;

/** Longest pause, in milliseconds: what a user waits after a server restart. */
const RETRY_INTERVAL_MAX = 15_000;

/** For so long a lost connection is no matter, in milliseconds: a network that changes. */
const AWAY_AFTER = 5000;

/**
 * The server's event stream as typed signals.
 *
 * Connects with the first watch, and again after each loss with growing pauses.
 */
export class EventStream implements IEventStream, IDisposable {
  constructor(options: EventStream.IOptions) {
    this._settings = options.serverSettings;
    this._poll = new Poll({
      auto: false,
      factory: () => this._connect(),
      name: 'dsinfra-jlab:events',
      standby: 'when-hidden'
    });
    // Given to the constructor, a maximum below 30 seconds would be passed over.
    this._poll.frequency = {
      interval: RETRY_INTERVAL,
      backoff: true,
      max: RETRY_INTERVAL_MAX
    };
    document.addEventListener('visibilitychange', this._sendWatch);
  }

  get isConnected(): boolean {
    return this._isConnected;
  }

  get connectionChanged(): ISignal<this, boolean> {
    return this._connectionChanged;
  }

  get runsChanged(): ISignal<this, IRunsChanged> {
    return this._runsChanged;
  }

  get errorsChanged(): ISignal<this, IErrorsChanged> {
    return this._errorsChanged;
  }

  get healthChanged(): ISignal<this, void> {
    return this._healthChanged;
  }

  get received(): ISignal<this, ReceivedEvent> {
    return this._received;
  }

  get missed(): ISignal<this, void> {
    return this._missed;
  }

  get isDisposed(): boolean {
    return this._poll.isDisposed;
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    document.removeEventListener('visibilitychange', this._sendWatch);
    clearTimeout(this._awayTimer);
    this._poll.dispose();
    this._socket?.close();
    this._socket = null;
    Signal.clearData(this);
  }

  watch(topic: Topic): IDisposable {
    this._watches.set(topic, (this._watches.get(topic) ?? 0) + 1);
    if (!this._isStarted) {
      this._isStarted = true;
      void this._poll.start();
    }
    this._sendWatch();
    return new DisposableDelegate(() => {
      const count = (this._watches.get(topic) ?? 1) - 1;
      if (count > 0) {
        this._watches.set(topic, count);
      } else {
        this._watches.delete(topic);
      }
      this._sendWatch();
    });
  }

  renew(): void {
    const socket = this._socket;
    const end = this._isConnected ? socket?.onclose : null;
    if (socket && end) {
      // Nobody may be there to end it with: what it still says counts no more.
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
      end.call(socket, new CloseEvent('close'));
    }
  }

  /**
   * Hold one connection from its start to its end.
   *
   * Resolves at the end of a connection that had been open and rejects for one
   * that never was: the poll's pauses grow only for the latter.
   */
  private _connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.isDisposed) {
        return;
      }
      const { appendToken, token, wsUrl, WebSocket } = this._settings;
      const query =
        appendToken && token ? `?token=${encodeURIComponent(token)}` : '';
      const socket = new WebSocket(URLExt.join(wsUrl, PATH) + query);
      this._socket = socket;
      socket.onopen = () => this._onOpen();
      socket.onmessage = event => this._onMessage(event.data);
      socket.onclose = () => {
        const wasOpen = this._isConnected;
        this._setConnected(false);
        if (wasOpen) {
          this._missSoon();
          resolve();
        } else {
          reject(new Error('The event stream could not be opened.'));
        }
      };
    });
  }

  /** Have what is shown asked for without us: that nobody answers is to be seen, too. */
  private _missSoon(): void {
    clearTimeout(this._awayTimer);
    this._awayTimer = setTimeout(() => {
      if (!this._isConnected && !this.isDisposed) {
        this._missed.emit();
      }
    }, AWAY_AFTER);
  }

  private _onOpen(): void {
    clearTimeout(this._awayTimer);
    this._setConnected(true);
    this._sendWatch();
    if (this._wasOpen) {
      this._missed.emit();
    }
    this._wasOpen = true;
  }

  private _onMessage(data: unknown): void {
    const event = parseEvent(data);
    if (event?.type === 'run') {
      this._runsChanged.emit({
        runIds: event.run_ids,
        experimentIds: event.experiment_ids,
        isComplete: event.is_complete
      });
    } else if (event?.type === 'error') {
      this._errorsChanged.emit({
        groupIds: event.group_ids,
        runIds: event.run_ids,
        isComplete: event.is_complete
      });
    } else if (event?.type === 'health') {
      this._healthChanged.emit();
    } else if (event?.type) {
      this._received.emit(event);
    }
  }

  private _setConnected(isConnected: boolean): void {
    if (isConnected !== this._isConnected && !this.isDisposed) {
      this._isConnected = isConnected;
      this._connectionChanged.emit(isConnected);
    }
  }

  private _sendWatch = (): void => {
    if (!this._isConnected) {
      return;
    }
    const request: WatchRequest = {
      type: 'watch',
      topics: [...this._watches.keys()].sort(),
      visible: this._watches.size > 0 && !document.hidden
    };
    this._socket?.send(JSON.stringify(request));
  };

  private _settings: ServerConnection.ISettings;
  private _poll: Poll<void>;
  private _socket: WebSocket | null = null;
  private _awayTimer: ReturnType<typeof setTimeout> | undefined;
  private _watches = new Map<Topic, number>();
  private _isStarted = false;
  private _isConnected = false;
  private _wasOpen = false;
  private _connectionChanged = new Signal<this, boolean>(this);
  private _runsChanged = new Signal<this, IRunsChanged>(this);
  private _errorsChanged = new Signal<this, IErrorsChanged>(this);
  private _healthChanged = new Signal<this, void>(this);
  private _received = new Signal<this, ReceivedEvent>(this);
  private _missed = new Signal<this, void>(this);
}

export namespace EventStream {
  export interface IOptions {
    serverSettings: ServerConnection.ISettings;
  }
}

type ServerEvent = RunEvent | ErrorEvent | HealthEvent | ReceivedEvent;

/** Read an event; null for what is none. Newer servers send some we do not know. */
function parseEvent(data: unknown): ServerEvent | null {
  try {
    return JSON.parse(String(data)) as ServerEvent | null;
  } catch {
    return null;
  }
}
