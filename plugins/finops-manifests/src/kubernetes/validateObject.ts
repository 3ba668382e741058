import Ajv, { ErrorObject, ValidateFunction } from 'ajv';
import { parseQuantity } from '../quantity';
import { CUSTOM_DEFINITIONS } from './customSchemas';
import { KUBERNETES_DEFINITIONS } from './schemas.generated';

const SCHEMA_ID = 'kubernetes';
const DEFINITIONS = { ...KUBERNETES_DEFINITIONS, ...CUSTOM_DEFINITIONS };

/** Violations of the schema of an object's kind, one line each; undefined when the kind has no schema. @public */
export type ObjectValidator = (
  object: unknown,
) => readonly string[] | undefined;

/**
 * A validator against the strict Kubernetes schemas: unknown fields are violations. It compiles a schema
 * when it first meets a kind (some 0.2 s), so keep one for many plans.
 *
 * @public
 */
export function createObjectValidator(): ObjectValidator {
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
  ajv.addFormat('quantity', {
    type: 'string',
    validate: (text: string) => parseQuantity(text) !== undefined,
  });
  ajv.addSchema({ $id: SCHEMA_ID, definitions: DEFINITIONS });

  return object => {
    const { apiVersion, kind } = (object ?? {}) as {
      apiVersion?: unknown;
      kind?: unknown;
    };
    const name = `${apiVersion}/${kind}`;
    if (!Object.hasOwn(DEFINITIONS, name)) {
      return undefined;
    }
    // A slash in the key is part of a JSON pointer and is written as ~1 there.
    const reference = `${SCHEMA_ID}#/definitions/${name.replaceAll('/', '~1')}`;
    const stated = withoutNulls(object);
    const validate = ajv.getSchema(reference) as ValidateFunction;
    return validate(stated) ? [] : (validate.errors ?? []).map(describe);
  };
}

function describe(error: ErrorObject): string {
  const detail =
    error.keyword === 'additionalProperties'
      ? `unknown field '${error.params.additionalProperty}'`
      : error.message;
  return `${error.instancePath || '/'}: ${detail}`;
}

/** Null is how a manifest says "absent". */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutNulls);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      item === null ? [] : [[key, withoutNulls(item)]],
    ),
  );
}
