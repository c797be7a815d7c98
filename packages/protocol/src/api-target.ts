/**
 * The target of an HTTP request in the form that the routes of WeCom's API have. Clients that join a base URL and a
 * path send doubled slashes or a slash at the end; clients that treat the server as a proxy send the whole address.
 * Only targets below `/cgi-bin/` are changed.
 */
export function apiTarget(target: string): string {
  const [, path = "", query = ""] = /^(?:https?:\/\/[^/?#]*)?(\/[^?]*)(.*)$/is.exec(target) ?? []
  if (!/^\/+cgi-bin\//.test(path)) return target
  const collapsed = path.replaceAll(/\/{2,}/g, "/")
  return (collapsed === "/cgi-bin/" ? collapsed : collapsed.replace(/\/$/, "")) + query
}
