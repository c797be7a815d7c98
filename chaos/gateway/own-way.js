// Loaded into the gateway's process by NODE_OPTIONS: connections to WeCom go through the proxy of this node. All nodes are
// configured with one address of WeCom, as in production, because tokens and look-ups are stored for that address.
import net from "node:net"
import { syncBuiltinESMExports } from "node:module"

const [from, to] = (process.env.CHAOS_WAY ?? "").split(":").map(Number)
const connect = net.connect
net.connect = net.createConnection = (options, ...rest) =>
  connect(Number(options?.port) === from ? { ...options, port: to } : options, ...rest)
syncBuiltinESMExports()
