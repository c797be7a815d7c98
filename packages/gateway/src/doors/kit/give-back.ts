/**
 * Frees the memory of a piece of a body that is read no more: V8 lets 100 MB of pieces come together before it collects them.
 * One that shares its buffer is left alone.
 */
export function giveBack({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) buffer.transfer(0)
}
