import { longestNumber } from "./longest-number.ts"

/** Of a name and its value: side by side, unless the value has a number for which there is no room beside the name. */
export function pairClass(value: string): string {
  return longestNumber(value) > MOST_BESIDE_A_NAME ? "wb-pair wb-pair-long" : "wb-pair"
}

/** On a phone that is 360 pixels wide, beside the widest name. */
const MOST_BESIDE_A_NAME = 14
