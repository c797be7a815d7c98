/** Pauses between tries: doubling, and spread so that many callers who failed together do not return together. */
export function faultDelayMs(failures: number): number {
  return spread(Math.min(5000, 200 * 2 ** (failures - 1)))
}

/** WeCom's advice for -1 is at most three tries; clients that are kind to it wait 1 s, then 2 s. */
export function busyDelayMs(failures: number): number {
  return spread(1000 * 2 ** (failures - 1))
}

export const MAX_BUSY_TRIES = 3

/** 75 to 100 %, so that each pause is longer than the one before it. */
function spread(ms: number): number {
  return ms * (0.75 + Math.random() * 0.25)
}
