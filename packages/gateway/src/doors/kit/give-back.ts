/**
 * Frees the memory of a piece of a body that is no longer read: V8 would collect pieces only after 100 MB of them. A piece
 * that shares its buffer is left alone.
 */
export function giveBack({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) buffer.transfer(0)
}
