/** WeCom's address, used unless another base URL is given. */
export const DEFAULT_BASE_URL = "https://qyapi.weixin.qq.com"

/**
 * The folder of all calls, such as `https://qyapi.weixin.qq.com/cgi-bin/`, for a base URL with or without `/cgi-bin`
 * and closing slashes. Undefined for what is not a base URL: another scheme, a user name, a query, a fragment.
 */
export function apiFolder(baseUrl: string): URL | undefined {
  if (!URL.canParse(baseUrl)) return undefined
  const url = new URL(baseUrl)
  const isPlain = url.username === "" && url.password === "" && url.search === "" && url.hash === ""
  if (!isPlain || !/^https?:$/.test(url.protocol)) return undefined
  // The match begins at the first slash only; otherwise the regular expression would try each of many slashes.
  url.pathname = `${url.pathname.replace(/(?<!\/)\/+$/, "").replace(/\/cgi-bin$/, "")}/cgi-bin/`
  return url
}
