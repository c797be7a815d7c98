/** Calls back in passing: what the callback throws is dropped, since it must not cost a message or its outcome. */
export function quietly(notify: () => void): void {
  try {
    notify()
  } catch {
    // The caller's own trouble.
  }
}
