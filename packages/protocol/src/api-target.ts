/**
 * The target of an HTTP request as the routes of WeCom's API know it. Clients that join a base URL and a path come with
 * slashes doubled or at the end, and those that take the server for a proxy with the whole address. Only targets below
 * `/cgi-bin/` are changed.
 */
export function apiTarget(target: string): string {
  const [, path = "", query = ""] = /^(?:https?:\/\/[^/?#]*)?(\/[^?]*)(.*)$/is.exec(target) ?? []
  if (!/^\/+cgi-bin\//.test(path)) return target
  const collapsed = path.replaceAll(/\/{2,}/g, "/")
  return (collapsed === "/cgi-bin/" ? collapsed : collapsed.replace(/\/$/, "")) + query
}
