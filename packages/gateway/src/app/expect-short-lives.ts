import { setFlagsFromString } from "node:v8"

/**
 * To be called before a process that is a gateway has work. If objects that a place in the code made have lived long lately,
 * V8 assumes that the next ones will too. It creates them in the old space at once, where each keeps everything it refers
 * to, used or not, until the old space is collected. But each message is in memory for only some hundredths of a second,
 * however many there are. Without that assumption, collecting the young space takes half the time under load.
 */
export function expectShortLives(): void {
  setFlagsFromString("--no-allocation-site-pretenuring")
}
