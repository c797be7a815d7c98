import { connect } from "node:net"
import type { Socket } from "node:net"

/** A bare connection, for requests that no HTTP client would send. */
export class RawConnection implements Disposable {
  readonly socket: Socket
  received = ""
  readonly closed: Promise<void>

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1")
    this.socket.setEncoding("latin1")
    this.socket.on("data", (data) => (this.received += String(data)))
    this.closed = new Promise((resolve) => this.socket.on("close", () => resolve()))
    this.socket.on("error", () => {
      // The connection may also be closed by a reset.
    })
  }

  write(text: string | Uint8Array): void {
    this.socket.write(text)
  }

  get status(): number | undefined {
    const match = /^HTTP\/1\.1 (\d{3})/.exec(this.received)
    return match === null ? undefined : Number(match[1])
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }
}
