/** A mobile number with its middle left out, as in `138****0001`. */
export function maskNumber(number: string): string {
  const shown = number.length >= LONG ? 4 : 2
  return `${number.slice(0, 3)}****${number.slice(-shown)}`
}

const LONG = 11

/** Masks each number in a text that looks like a mobile. */
export function maskNumbersIn(text: string): string {
  return text.replaceAll(NUMBER, maskNumber)
}

/** Eleven digits, or a plus and seven to fifteen; not a part of an id. */
const NUMBER = /(?<![\w.-])(?:\+\d[\d -]{6,18}\d|1\d{10})(?![\w-])/g
