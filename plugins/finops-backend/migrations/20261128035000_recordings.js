/**
 * What a recommendation was decided on, so that deciding can be repeated.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('finops_recordings', table => {
    table.comment('Inputs of the present advice of a recommendation');
    table.string('recommendation_id').notNullable().primary();
    table.integer('version').notNullable().comment('Of the format');
    table
      .string('content_hash', 64)
      .notNullable()
      .comment('Of the fields that are compared');
    table.text('notes').notNullable().comment('JSON: what is left out');
    table
      .binary('inputs')
      .comment(
        'Compressed; absent where they are too large or give other advice',
      );
    table.string('recorded_at').notNullable();
    table.index('recorded_at');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('finops_recordings');
};
