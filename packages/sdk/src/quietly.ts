/** Calls a callback whose errors are dropped, since they must not affect a message or its outcome. */
export function quietly(notify: () => void): void {
  try {
    notify()
  } catch {
    // An error of the caller's own code.
  }
}
