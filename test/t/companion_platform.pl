# Platform from version to version: what holds for every companion.
use strict;
use warnings;

use Companion;

companion(
	'platform',
	versions => [qw(1.0.0 1.1.0 1.2.0 1.3.0)],
	rows => data_of('platform'),
	later_rows => { '1.2.0' => data_of('platform') });
