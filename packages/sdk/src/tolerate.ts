/** Runs a task of the caller's own store; when it fails, reports it and continues with `instead`. */
export async function tolerate<T>(task: () => Promise<T>, instead: T, onTrouble: (cause: unknown) => void): Promise<T> {
  try {
    return await task()
  } catch (error) {
    onTrouble(error)
    return instead
  }
}
