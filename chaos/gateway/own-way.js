// Loaded into the gateway's process by NODE_OPTIONS: what goes to WeCom goes through the proxy of this node. All nodes have
// one address of WeCom, as they have it in earnest: tokens and look-ups are kept for it.
import net from "node:net"
import { syncBuiltinESMExports } from "node:module"

const [from, to] = (process.env.CHAOS_WAY ?? "").split(":").map(Number)
const connect = net.connect
net.connect = net.createConnection = (options, ...rest) =>
  connect(Number(options?.port) === from ? { ...options, port: to } : options, ...rest)
syncBuiltinESMExports()
