/**
 * The limit of bodies that are read in the thread that serves all requests, on paths that take no list: the longest of these
 * bodies have some hundred bytes. A route with another limit names it.
 */
export const SMALL_BODY_BYTES = 64 * 1024
/** The limit for a list of a thousand names: the apps of a key, or the members whose card changes. */
export const LIST_BODY_BYTES = 256 * 1024
/** Room for such a list; a list ten times as long would take some 10 ms to check. */
export const MAX_LIST_VALUES = 10_000
