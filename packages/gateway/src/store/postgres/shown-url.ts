/** The address of a database without its password, which may contain an @ that should be %40. */
export function shownUrl(url: string): string {
  return url.replace(/^([a-z]+:\/\/[^/?#:@]*):.*@/i, "$1@").replace(/([?&](?:password|sslpassword)=)[^&#]*/gi, "$1…")
}
