import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { FailedNotice, OutOfDate } from '../../ui/failures';
import { Skeleton } from '../../ui/notice';
import type { RunPart } from './part';

/** A part of a run: what is there, that it is on its way, or why it is not. */
export function PartView<T>(props: {
  part: RunPart<T>;
  children: (value: T) => JSX.Element;
  trans: TranslationBundle;
}): JSX.Element {
  const { children, part, trans } = props;
  const { failure, value } = usePart(part);
  if (value === null) {
    return failure === null ? (
      <Skeleton label={trans.__('Loading…')} />
    ) : (
      <FailedNotice
        title={trans.__('This could not be loaded')}
        failure={failure}
        retry={() => void part.refresh()}
        trans={trans}
      />
    );
  }
  return (
    <>
      <OutOfDate
        failure={failure}
        retry={() => void part.refresh()}
        trans={trans}
      />
      {children(value)}
    </>
  );
}

/** What is there of a part, drawn anew when it changes. */
export function usePart<T>(part: RunPart<T>): RunPart<T>['current'] {
  const [, redraw] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    const onChange = (): void => redraw();
    part.changed.connect(onChange);
    return () => {
      part.changed.disconnect(onChange);
    };
  }, [part]);
  // Never what was there of the part that stood in this place before.
  return part.current;
}
