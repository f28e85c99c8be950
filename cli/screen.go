package cli

import (
	"context"

	"assay/core/run"
)

func openScreen(ctx context.Context, s streams, ref string) error     { return nil }
func (a *app) screen(ctx context.Context, s streams, id run.ID) error { return nil }
