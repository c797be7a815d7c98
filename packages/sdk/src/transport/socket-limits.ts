/** How many milliseconds making a connection may take, unless an option says otherwise. */
export const CONNECT_TIMEOUT_MS = 10_000

/** The sockets for requests to each origin. */
export const REQUEST_SOCKETS = 128

/** The sockets for downloads from each origin. They are separate, so that unread downloads keep no request waiting. */
export const DOWNLOAD_SOCKETS = 50
