import type { Phase } from "../history.ts"

/**
 * Reads the letters that `preload.js` and `stands-still.js` write synchronously, so that they outlive a kill: `L` the code is
 * loaded, `S` an outcome is about to be stored, `s` no outcome is being stored any more, `F` the process stops itself at a step.
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
