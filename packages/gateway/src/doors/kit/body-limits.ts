/**
 * What is read in the thread that serves all, for paths to which no list is sent: the longest of their bodies have some
 * hundred bytes. A route with another limit names it.
 */
export const SMALL_BODY_BYTES = 64 * 1024
/** For a list of a thousand names: the apps of a key, the members whose card changes. */
export const LIST_BODY_BYTES = 256 * 1024
/** Room for such a list; ten times as many would take some 10 ms to check. */
export const MAX_LIST_VALUES = 10_000
