/** Bytes of the UTF-8 encoding, in which a lone surrogate counts as the three bytes of the sign that replaces it. */
export function byteLength(text: string): number {
  let bytes = 0
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) bytes += 1
    else if (unit < 0x800) bytes += 2
    else if (isPairAt(text, index)) {
      bytes += 4
      index += 1
    } else bytes += 3
  }
  return bytes
}

/** Code points: what WeCom calls 字, as near as its documentation lets one say. */
export function characterLength(text: string): number {
  let characters = 0
  for (let index = 0; index < text.length; index += 1) {
    if (isPairAt(text, index)) index += 1
    characters += 1
  }
  return characters
}

/** Index in UTF-16 units of the first surrogate without its other half, -1 when there is none. */
export function loneSurrogateAt(text: string): number {
  if (text.isWellFormed()) return -1
  for (let index = 0; index < text.length; index += 1) {
    if (isPairAt(text, index)) index += 1
    else if (isSurrogate(text.charCodeAt(index))) return index
  }
  return -1
}

function isPairAt(text: string, index: number): boolean {
  const high = text.charCodeAt(index)
  if (high < 0xd800 || high > 0xdbff) return false
  const low = text.charCodeAt(index + 1)
  return low >= 0xdc00 && low <= 0xdfff
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff
}
