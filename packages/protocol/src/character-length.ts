/** Code points, which is what WeCom's 字 most likely means by its documentation. A lone surrogate counts one. */
export function characterLength(text: string): number {
  let characters = 0
  for (let at = 0; at < text.length; at++) {
    if ((text.codePointAt(at) ?? 0) > 0xffff) at++
    characters++
  }
  return characters
}
