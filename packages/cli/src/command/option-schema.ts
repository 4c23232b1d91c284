/**
 * One description of a command's options. Flags, environment variables, the configuration file,
 * `--help`, docs/operating/configuration.md and the messages about bad values all come from it.
 * A value is always parsed from text and never knows where the text came from.
 */

interface OptionBase {
  /** One sentence for `--help`, without the default and without what is allowed. */
  readonly doc: string;
  /** Other names, in kebab-case. */
  readonly aliases?: readonly string[];
  /** What stands for the value in `--help`; default by type. */
  readonly placeholder?: string;
  /**
   * Where it may be said: by a flag only, by a flag or the environment, or (default) also in a
   * configuration file.
   */
  readonly sayable?: "flag" | "flag-or-environment";
}

/** `--bootstrap`, or `--bootstrap=false`. */
export interface FlagOption extends OptionBase {
  readonly type: "flag";
  /** Default false. */
  readonly default?: boolean;
  /** A default that depends on other options, as `--help` prints it; not given is undefined then. */
  readonly defaultText?: string;
}

export interface IntegerOption extends OptionBase {
  readonly type: "integer";
  readonly min: number;
  readonly max: number;
  /** Printed after the default and in messages: "ms", "bytes", "entries", … */
  readonly unit?: string;
  readonly default?: number;
  readonly required?: boolean;
  /** What no number at all means, as `--help` prints it. */
  readonly defaultText?: string;
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
  /** In UTF-8. */
  readonly bytesMax?: number;
  readonly default?: string;
  readonly required?: boolean;
  /** A default that depends on other options, as `--help` prints it. */
  readonly defaultText?: string;
}

/** Of a file or directory; what is relative is so to the working directory. */
export interface PathOption extends OptionBase {
  readonly type: "path";
  readonly required?: boolean;
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

/** Some of the choices, or none of them; repeatable, or separated by commas. */
export interface ChoiceListOption extends OptionBase {
  readonly type: "choice-list";
  readonly choices: readonly string[];
  readonly default: readonly string[];
}

/** `https://host[:port]` as browsers send it, or `*`; repeatable, or separated by commas. */
export interface OriginListOption extends OptionBase {
  readonly type: "origin-list";
}

export type OptionSpec =
  | FlagOption
  | IntegerOption
  | NumberOption
  | ChoiceOption
  | TextOption
  | PathOption
  | AddressOption
  | AddressListOption
  | EndpointListOption
  | ChoiceListOption
  | OriginListOption;

/** The kinds of option that take several values. */
export type ListOption =
  | AddressListOption
  | EndpointListOption
  | ChoiceListOption
  | OriginListOption;

export type OptionValue = boolean | number | string | readonly string[] | undefined;

/** The kinds of option that can give a `Value`; an option that is never undefined has a default. */
type SpecFor<Value> = [Value] extends [boolean]
  ? FlagOption & { readonly defaultText?: never }
  : [Value] extends [boolean | undefined]
    ? FlagOption & { readonly defaultText: string }
    : [Value] extends [readonly string[]]
      ? SpecForList<Value[number]>
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
                  | ((TextOption | PathOption) & { readonly required: true })
              : ChoiceOption & { readonly choices: readonly Value[]; readonly default: Value }
            : TextOption | PathOption | AddressOption;

type SpecForList<Item extends string> = string extends Item
  ? AddressListOption | EndpointListOption | OriginListOption
  : ChoiceListOption & { readonly choices: readonly Item[]; readonly default: readonly Item[] };

/**
 * The options of one command, in the order of `--help`. `Values` is what they parse to; the option
 * of the field `dataDir` is `--data-dir`.
 */
export type OptionSchema<Values> = { readonly [Name in keyof Values]: SpecFor<Values[Name]> };

/** Options that belong together, for `--help` and the documentation. */
export interface OptionGroup {
  readonly title: string;
  readonly schema: AnySchema;
}

/** Any schema, when the types of the values don't matter. */
export type AnySchema = Readonly<Record<string, OptionSpec>>;

/** `dataDir` → `data-dir`. */
export function optionName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Every name and alias in kebab-case, to the field. */
export function namesOf(schema: AnySchema): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [field, spec] of Object.entries(schema)) {
    names.set(optionName(field), field);
    for (const alias of spec.aliases ?? []) names.set(alias, field);
  }
  return names;
}

export function isList(spec: OptionSpec): spec is ListOption {
  return spec.type.endsWith("-list");
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
    case "choice-list":
      return `none, or some of ${spec.choices.join(", ")}`;
    case "text":
      if (spec.bytesMax !== undefined) return `text of 1 to ${spec.bytesMax} bytes`;
      return "text that is not empty";
    case "path":
      return "a path, absolute or relative to the working directory; ~ is left to the shell";
    case "address":
    case "address-list":
      return "host:port, like 127.0.0.1:10001 or [::1]:10001, with a port from 1 to 65535";
    case "endpoint-list":
      return "http://host:port or host:port";
    case "origin-list":
      return "origins like https://app.example:8443, or * for all";
  }
}

/** The default as `--help` prints it; undefined when there is none. */
export function defaultText(spec: OptionSpec): string | undefined {
  switch (spec.type) {
    case "flag":
      return spec.defaultText ?? String(spec.default ?? false);
    case "integer":
      if (spec.default === undefined) return spec.defaultText;
      return spec.unit === undefined ? String(spec.default) : `${spec.default} ${spec.unit}`;
    case "number":
      return String(spec.default);
    case "choice":
      return spec.default;
    case "text":
    case "address":
      return spec.defaultText ?? spec.default;
    case "path":
      return spec.defaultText;
    case "address-list":
    case "origin-list":
      return undefined;
    case "endpoint-list":
    case "choice-list":
      return spec.default.join(",");
  }
}

/** The value of an option that is not given. */
export function defaultValue(spec: OptionSpec): OptionValue {
  switch (spec.type) {
    case "flag":
      return spec.defaultText === undefined ? (spec.default ?? false) : undefined;
    case "address-list":
    case "origin-list":
      return [];
    case "path":
      return undefined;
    default:
      return spec.default;
  }
}
