/** For making a connection, unless an option says otherwise. */
export const CONNECT_TIMEOUT_MS = 10_000
