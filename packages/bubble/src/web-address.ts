/** The only addresses a link may lead to. */
export function isWebAddress(url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url)
}

/** Addresses that may be drawn as a picture, also those of a picture that is not uploaded anywhere yet. */
export function isPictureAddress(url: string): boolean {
  return isWebAddress(url) || /^data:image\/(?:png|jpeg|gif|webp|svg\+xml)[;,]/i.test(url)
}
