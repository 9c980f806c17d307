import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

/** Milliseconds without another click after which a number is taken as meant. */
const PAUSE = 700;

/** The largest number that the server takes. */
const MOST = 10_000;

/** A number with a button on either side. */
export function Stepper(props: {
  label: string;
  value: number;

  /** Called once for clicks in a row, with the number they lead to. */
  onChange: (value: number) => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { label, onChange, trans, value } = props;
  const [wanted, setWanted] = React.useState<number | null>(null);
  const change = React.useRef(onChange);
  change.current = onChange;
  React.useEffect(() => {
    if (wanted === null) {
      return;
    }
    const timer = setTimeout(() => {
      setWanted(null);
      change.current(wanted);
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [wanted]);
  const shown = wanted ?? value;
  const set = (number: number): void =>
    setWanted(Math.max(0, Math.min(MOST, number)));
  return (
    <span className="jp-DsinfraStepper" role="group" aria-label={label}>
      <button
        type="button"
        aria-label={trans.__('One less')}
        title={trans.__('One less')}
        disabled={shown <= 0}
        onClick={() => set(shown - 1)}
      >
        −
      </button>
      <input
        type="number"
        aria-label={label}
        min={0}
        max={MOST}
        value={shown}
        onChange={event => {
          const number = event.currentTarget.valueAsNumber;
          if (Number.isInteger(number)) {
            set(number);
          }
        }}
      />
      <button
        type="button"
        aria-label={trans.__('One more')}
        title={trans.__('One more')}
        disabled={shown >= MOST}
        onClick={() => set(shown + 1)}
      >
        +
      </button>
    </span>
  );
}
