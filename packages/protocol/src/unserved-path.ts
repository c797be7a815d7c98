const PREFIX = "/cgi-bin/"
const MAX_SHOWN_LENGTH = 100

/**
 * What to do about a path below `/cgi-bin/` that a server in WeCom's place does not serve. One line of visible ASCII,
 * for a header and a log.
 * @param target of the request; its query, which holds secrets, is left out
 * @param served names such as `message/send`
 * @param otherwise what to do when the path is not merely misspelt
 */
export function unservedPath(target: string, served: readonly string[], otherwise: string): string {
  const path = target.split("?", 1)[0] ?? ""
  const meant = meantBy(path, served)
  const shown = path.slice(0, MAX_SHOWN_LENGTH).replaceAll(/[^\x21-\x7e]/g, "?")
  if (path === PREFIX + meant) return `${shown} takes GET or POST, as WeCom's document of it says`
  if (meant !== undefined) return `${shown} is not served; write ${PREFIX}${meant}`
  return `${shown} is not served; ${otherwise}. Served below ${PREFIX}: ${served.join(", ")}`
}

/** The served call that the client probably meant: its base URL already ends in `/cgi-bin`, or it writes capitals. */
function meantBy(path: string, served: readonly string[]): string | undefined {
  const names = path.toLowerCase().split("/")
  const last = names.lastIndexOf("cgi-bin")
  const name = names.slice(last + 1).join("/")
  return served.find((one) => one === name)
}
