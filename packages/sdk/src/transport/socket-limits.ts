/** For making a connection, unless an option says otherwise. */
export const CONNECT_TIMEOUT_MS = 10_000

/** Of each origin, for requests. */
export const REQUEST_SOCKETS = 128

/** Of each origin, for downloads: theirs alone, so that unread downloads keep no request waiting. */
export const DOWNLOAD_SOCKETS = 50
