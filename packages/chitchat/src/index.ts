export { parseSocketAddress } from "./core/socket-address.ts";
