import { CaucusError } from "@caucus/base";

/** One line that names the address and the option to change. */
export function listenError(
  thrown: unknown,
  host: string,
  port: number,
  option: string,
): CaucusError {
  const { code } = thrown as { code?: unknown };
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  switch (code) {
    case "EADDRINUSE":
      return new CaucusError(
        "conflict",
        `${address} is in use by another program; stop it or choose another port with ${option}`,
        { cause: thrown },
      );
    case "EACCES":
      return new CaucusError(
        "unavailable",
        `port ${port} needs privileges here; choose one above 1023 with ${option}`,
        { cause: thrown },
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new CaucusError(
        "invalid_argument",
        `${address} is no address of this machine; choose one with ${option}`,
        { cause: thrown },
      );
    default:
      return CaucusError.from(thrown);
  }
}
