// Exits with 0 if a file is a valid OpenAPI 3.1 document; says what is wrong otherwise.
import { Validator } from "@seriousme/openapi-schema-validator";

const validator = new Validator();
const { valid, errors } = await validator.validate(process.argv[2]);
if (valid && validator.version === "3.1") {
  console.log("valid, OpenAPI 3.1");
} else {
  console.error(valid ? `OpenAPI ${validator.version}` : errors);
  process.exit(1);
}
