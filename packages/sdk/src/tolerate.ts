/** Runs a task of somebody's store; when it fails, says so and goes on with `instead`. */
export async function tolerate<T>(task: () => Promise<T>, instead: T, onTrouble: (cause: unknown) => void): Promise<T> {
  try {
    return await task()
  } catch (error) {
    onTrouble(error)
    return instead
  }
}
