import type { Phase } from "../history.ts"

/**
 * Reads what `preload.js` writes as single letters at once, so that they outlive a kill: `L` its code is loaded, `S` an
 * outcome is about to be stored, `s` it is.
 */
export class TrailReader {
  #settling = 0

  read(letters: string): void {
    for (const letter of letters) {
      if (letter === "S") this.#settling++
      else if (letter === "s") this.#settling--
    }
  }

  phases(): Phase[] {
    return this.#settling > 0 ? ["settle"] : []
  }
}
