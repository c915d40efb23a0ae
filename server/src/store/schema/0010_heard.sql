-- When the server received what was said of an entry: the days after which it is deemed read 视为已阅 begin anew with it.
-- Of what was said before this file it is not known.
ALTER TABLE event ADD COLUMN received_ms INTEGER;
