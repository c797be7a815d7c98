import type { Socket } from "node:net"

/** Two ends of one connection: the end of one ends the other. Both are among `open` until they close. */
export function pairSockets(client: Socket, server: Socket, open: Set<Socket>): void {
  for (const [one, other] of [
    [client, server],
    [server, client],
  ] as const) {
    open.add(one)
    one.on("error", () => other.destroy())
    one.on("close", () => {
      open.delete(one)
      other.destroy()
    })
  }
}
