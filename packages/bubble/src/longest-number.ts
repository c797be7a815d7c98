/**
 * How many characters the longest word has in which there is a digit: an amount, a telephone number, a time. Broken over two
 * lines it reads as two, so what is too long for its place gets smaller letters or lines of its own.
 */
export function longestNumber(text: string): number {
  const numbers = text.split(/[^!-~]+/).filter((word) => /\d/.test(word))
  return Math.max(0, ...numbers.map(({ length }) => length))
}

/** Larger letters have room for a number of so many characters in one line, on a phone that is 360 pixels wide. */
export const MOST_LARGE = 12
