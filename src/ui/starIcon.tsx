import React from 'react';

/** A star, filled or not. */
export function StarIcon(props: {
  isFilled: boolean;
  className?: string;
}): JSX.Element {
  const { isFilled, className = '' } = props;
  return (
    <svg
      className={`jp-DsinfraStar ${className}`}
      data-filled={isFilled}
      viewBox="0 0 16 16"
      width="16"
      height="16"
      aria-hidden="true"
    >
      <path d="m8 1.9 1.9 3.9 4.25.6-3.1 3 .75 4.25L8 11.65l-3.8 2 .75-4.25-3.1-3 4.25-.6Z" />
    </svg>
  );
}
