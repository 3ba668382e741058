import { useState } from 'react';

/** The time a screen was opened; one for all its figures, so that they agree with one another. */
export function useNow(): number {
  const [now] = useState(() => Date.now());
  return now;
}
