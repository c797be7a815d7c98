import { setFlagsFromString } from "node:v8"

/**
 * For a process that is a gateway, before it has work. V8 takes it that what is made where things lived long lately will
 * live long too, and makes it in the old space at once, where it keeps all that it names until that is collected, dead or
 * alive. But messages live for some hundredths of a second each, however many there are. Without that guess, collecting
 * the young takes half the time under load.
 */
export function expectShortLives(): void {
  setFlagsFromString("--no-allocation-site-pretenuring")
}
