import type { Phase } from "../history.ts"

/**
 * Reads what `preload.js` and `stands-still.js` write as single letters at once, so that they outlive a kill: `L` its code is
 * loaded, `S` an outcome is about to be stored, `s` none is any more, `F` it stops itself at a step.
 */
export class TrailReader {
  #isSettling = false

  read(letters: string): void {
    for (const letter of letters) {
      if (letter === "S" || letter === "s") this.#isSettling = letter === "S"
    }
  }

  phases(): Phase[] {
    return this.#isSettling ? ["settle"] : []
  }
}
