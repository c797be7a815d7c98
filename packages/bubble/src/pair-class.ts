import { longestNumber } from "./longest-number.ts"

/** The class of a name and its value: side by side, unless the value has a number too long for the room beside the name. */
export function pairClass(value: string): string {
  return longestNumber(value) > MOST_BESIDE_A_NAME ? "wb-pair wb-pair-long" : "wb-pair"
}

/** How many digits fit beside the widest name on a phone that is 360 pixels wide. */
const MOST_BESIDE_A_NAME = 14
