/**
 * Returns until when a call in doubt may be repeated: WeCom shows one copy of equal bytes within the interval of its
 * check. The margin allows for clocks that differ and for the time that a request takes.
 * @returns milliseconds since 1970; -Infinity for a call without the check
 */
export function repeatUntil(firstTryAt: number, checkSeconds: number | null): number {
  if (checkSeconds === null) return -Infinity
  const windowMs = checkSeconds * 1000
  return firstTryAt + windowMs - Math.min(MARGIN_MS, windowMs / 2)
}

const MARGIN_MS = 300_000
