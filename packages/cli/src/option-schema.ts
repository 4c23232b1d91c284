/**
 * One description of a command's options. The parser, `--help` and the messages about bad values
 * are all made from it; configuration files and environment variables will read the same table,
 * which is why a value is always parsed from text and never knows where the text came from.
 */

interface OptionBase {
  /** One sentence for `--help`, without the default and without what is allowed. */
  readonly doc: string;
  /** Other names, in kebab-case. */
  readonly aliases?: readonly string[];
  /** What stands for the value in `--help`; default by type. */
  readonly placeholder?: string;
}

/** `--bootstrap`, or `--bootstrap=false`. The default is false. */
export interface FlagOption extends OptionBase {
  readonly type: "flag";
}

export interface IntegerOption extends OptionBase {
  readonly type: "integer";
  readonly min: number;
  readonly max: number;
  /** Printed after the default and in messages: "ms", "bytes", "entries", … */
  readonly unit?: string;
  readonly default?: number;
  readonly required?: boolean;
}

/** May be a fraction. */
export interface NumberOption extends OptionBase {
  readonly type: "number";
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

export interface ChoiceOption extends OptionBase {
  readonly type: "choice";
  readonly choices: readonly string[];
  readonly default: string;
}

/** Free text, not empty. */
export interface TextOption extends OptionBase {
  readonly type: "text";
  readonly default?: string;
  readonly required?: boolean;
  /** A default that depends on other options, as `--help` prints it. */
  readonly defaultText?: string;
}

/** `host:port`, as {@link parseAddress} reads it. */
export interface AddressOption extends OptionBase {
  readonly type: "address";
  readonly default?: string;
  readonly defaultText?: string;
}

/** Repeatable, or separated by commas; never holds an address twice. */
export interface AddressListOption extends OptionBase {
  readonly type: "address-list";
}

/** `http://host:port` or `host:port`; repeatable, or separated by commas. */
export interface EndpointListOption extends OptionBase {
  readonly type: "endpoint-list";
  readonly default: readonly string[];
}

export type OptionSpec =
  | FlagOption
  | IntegerOption
  | NumberOption
  | ChoiceOption
  | TextOption
  | AddressOption
  | AddressListOption
  | EndpointListOption;

export type OptionValue = boolean | number | string | readonly string[] | undefined;

/** The kinds of option that can give a `Value`; an option that is never undefined has a default. */
type SpecFor<Value> = [Value] extends [boolean]
  ? FlagOption
  : [Value] extends [readonly string[]]
    ? AddressListOption | EndpointListOption
    : [Value] extends [number]
      ?
          | NumberOption
          | (IntegerOption & ({ readonly default: number } | { readonly required: true }))
      : [Value] extends [number | undefined]
        ? IntegerOption
        : [Value] extends [string]
          ? string extends Value
            ?
                | ((TextOption | AddressOption) & { readonly default: string })
                | (TextOption & { readonly required: true })
            : ChoiceOption & { readonly choices: readonly Value[]; readonly default: Value }
          : TextOption | AddressOption;

/**
 * The options of one command, in the order of `--help`. `Values` is what they parse to; the option
 * of the field `dataDir` is `--data-dir`.
 */
export type OptionSchema<Values> = { readonly [Name in keyof Values]: SpecFor<Values[Name]> };

/** Any schema, when the types of the values don't matter. */
export type AnySchema = Readonly<Record<string, OptionSpec>>;

/** `dataDir` → `data-dir`. */
export function optionName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** What `--help` and messages say is allowed. */
export function allowedText(spec: OptionSpec): string {
  switch (spec.type) {
    case "flag":
      return "true or false";
    case "integer": {
      const unit = spec.unit === undefined ? "" : ` ${spec.unit}`;
      if (spec.max === Number.MAX_SAFE_INTEGER) return `a whole number from ${spec.min}${unit}`;
      return `a whole number from ${spec.min} to ${spec.max}${unit}`;
    }
    case "number":
      return `a number from ${spec.min} to ${spec.max}`;
    case "choice":
      return `one of ${spec.choices.join(", ")}`;
    case "text":
      return "text that is not empty";
    case "address":
    case "address-list":
      return "host:port, like 127.0.0.1:10001 or [::1]:10001, with a port from 1 to 65535";
    case "endpoint-list":
      return "http://host:port or host:port";
  }
}

/** The default as `--help` prints it; undefined when there is none. */
export function defaultText(spec: OptionSpec): string | undefined {
  switch (spec.type) {
    case "flag":
      return "false";
    case "integer":
      if (spec.default === undefined) return undefined;
      return spec.unit === undefined ? String(spec.default) : `${spec.default} ${spec.unit}`;
    case "number":
      return String(spec.default);
    case "choice":
      return spec.default;
    case "text":
    case "address":
      return spec.defaultText ?? spec.default;
    case "address-list":
      return undefined;
    case "endpoint-list":
      return spec.default.join(",");
  }
}

/** The value of an option that is not given. */
export function defaultValue(spec: OptionSpec): OptionValue {
  switch (spec.type) {
    case "flag":
      return false;
    case "address-list":
      return [];
    default:
      return spec.default;
  }
}
