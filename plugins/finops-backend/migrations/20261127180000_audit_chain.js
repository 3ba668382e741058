const { createHash } = require('node:crypto');

const START = '0'.repeat(64);
const BATCH = 500;

function hashOf(previous, row) {
  const fields = [
    previous,
    row.id,
    row.recommendation_id,
    row.at,
    row.event,
    row.actor,
    row.from_state,
    row.to_state,
    row.detail,
  ];
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex');
}

/**
 * The hash chain over the audit trail: what was written before is part of each entry's hash, so that a
 * later change of one is seen. The rule is that of `database/auditChain.ts` when this was written.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('finops_audit_chain', table => {
    table.comment(
      'Append-only: one link for each audit event, in the order written',
    );
    table.bigInteger('position').notNullable().primary();
    table.string('event_id').notNullable().unique();
    table.string('previous_hash', 64).notNullable();
    table.string('hash', 64).notNullable();
  });
  await knex.schema.createTable('finops_audit_head', table => {
    table.comment(
      'One row: the last link. Writers lock it, so that links do not fork',
    );
    table.integer('id').notNullable().primary();
    table.bigInteger('position').notNullable();
    table.string('hash', 64).notNullable();
  });
  let position = 0;
  let previous = START;
  for (let after = 0; ; ) {
    const rows = await knex('finops_audit_events')
      .where('sequence', '>', after)
      .orderBy('sequence')
      .limit(BATCH);
    if (rows.length === 0) {
      break;
    }
    const links = [];
    for (const row of rows) {
      const hash = hashOf(previous, row);
      position += 1;
      links.push({
        position,
        event_id: row.id,
        previous_hash: previous,
        hash,
      });
      previous = hash;
    }
    for (let start = 0; start < links.length; start += 100) {
      await knex('finops_audit_chain').insert(links.slice(start, start + 100));
    }
    after = rows[rows.length - 1].sequence;
  }
  await knex('finops_audit_head').insert({ id: 1, position, hash: previous });
  if (knex.client.config.client === 'pg') {
    await knex.raw(`CREATE FUNCTION finops_audit_chain_append_only() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'finops_audit_chain is append-only'; END $$`);
    await knex.raw(`CREATE TRIGGER finops_audit_chain_append_only BEFORE UPDATE OR DELETE ON finops_audit_chain
      FOR EACH ROW EXECUTE FUNCTION finops_audit_chain_append_only()`);
  } else {
    for (const operation of ['UPDATE', 'DELETE']) {
      await knex.raw(`CREATE TRIGGER finops_audit_chain_no_${operation.toLowerCase()} BEFORE ${operation}
        ON finops_audit_chain BEGIN SELECT RAISE(ABORT, 'finops_audit_chain is append-only'); END`);
    }
  }
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('finops_audit_chain');
  await knex.schema.dropTable('finops_audit_head');
  if (knex.client.config.client === 'pg') {
    await knex.raw('DROP FUNCTION finops_audit_chain_append_only()');
  }
};
