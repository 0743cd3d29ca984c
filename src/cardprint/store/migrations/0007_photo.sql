-- Requests whose photo is still to come, in the order of their lanes.
CREATE INDEX job_awaits_photo ON job (lane, rank, id) WHERE state = 'held' AND instr(reasons, 'x-photo-awaited') > 0;
